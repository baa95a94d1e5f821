# The value of a flake: its outputs, called with those of its inputs.
#
#   lock    the lock file, as a value
#   known   by name of a node: what has been fetched already, as { sourceInfo; dir; }
#   fetch   fetches what the lock file names exactly, by the name of a node and its attributes

{
  lock,
  known,
  fetch,
}:

let
  # An input is the name of a node, or the path of inputs that leads to it from the root.
  nodeOf = input: if builtins.isList input then follow lock.root input else input;

  follow = builtins.foldl' (node: name: nodeOf lock.nodes.${node}.inputs.${name});

  flakes = builtins.mapAttrs (
    name: node:
    let
      locked = node.locked or { };

      # A relative path is a folder in the flake that has this one as input.
      inside = !(known ? ${name}) && (locked.type or "") == "path" && builtins.substring 0 1 locked.path != "/";
      parent = flakes.${follow lock.root node.parent};

      sourceInfo =
        if known ? ${name} then
          known.${name}.sourceInfo
        else if inside then
          parent.sourceInfo
        else
          fetch name (node.info or { } // builtins.removeAttrs locked [ "dir" ]);

      below = top: dir: if dir == "" then top else "${top}/${dir}";

      outPath =
        if inside then below parent.outPath locked.path else below sourceInfo.outPath (known.${name}.dir or locked.dir or "");

      definition = import "${outPath}/flake.nix";

      inputs = builtins.mapAttrs (_: input: flakes.${nodeOf input}.value) (node.inputs or { });

      outputs = definition.outputs (inputs // { self = value; });

      value =
        if node.flake or true then
          assert builtins.isFunction definition.outputs;
          outputs
          // sourceInfo
          // {
            _type = "flake";
            inherit
              outPath
              inputs
              outputs
              sourceInfo
              ;
          }
        else
          sourceInfo // { inherit sourceInfo outPath; };
    in
    {
      inherit value outPath sourceInfo;
    }
  ) lock.nodes;
in
flakes.${lock.root}.value
