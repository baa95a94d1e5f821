{
  lib,
  buildGoModule,
  installShellFiles,
  openssh,
  postgresql,
}:

buildGoModule {
  pname = "nixops4";
  version = "0.1.0";

  src = lib.fileset.toSource {
    root = ./.;
    fileset = lib.fileset.gitTracked ./.;
  };

  # Kept by TestVendorHash of internal/repo.
  vendorHash = lib.fileContents ./vendor-hash;

  subPackages = [
    "cmd/nixops4"
    "cmd/nixops4-resources-local"
  ];

  env.CGO_ENABLED = 0;
  ldflags = [ "-s" "-w" ];

  nativeBuildInputs = [ installShellFiles ];
  # The examples of operations are run with them.
  nativeCheckInputs = [
    openssh
    postgresql
  ];

  checkPhase = ''
    runHook preCheck
    go test ./...
    runHook postCheck
  '';

  postInstall = ''
    installManPage docs/man/*.1
    installShellCompletion --cmd nixops4 \
      --bash <($out/bin/nixops4 completion bash) \
      --fish <($out/bin/nixops4 completion fish) \
      --zsh <($out/bin/nixops4 completion zsh)
  '';

  meta = {
    description = "Manage resources that are declared and wired together by Nix expressions";
    license = lib.licenses.mit;
    mainProgram = "nixops4";
  };
}
