// Package providers starts provider processes, sends them requests and watches over them.
//
// A [Client] holds a pool of processes per provider (same executable, same arguments). [Client.Provider] returns a [Provider] with one method
// per operation of [nixops4/providers/protocol]; each call takes a free process or starts one, up to the parallelism, and a process
// works on one request at a time. [Provider.Session] keeps one process for calls that should see each other's caches, as a state provider's.
//
// A process that crashes, answers nonsense or does not answer in time fails only the request it was working on, with an [*Error]
// that says what happened and holds the process's last lines of standard error. It is replaced for the next request. A provider that exits after
// each answer is started again each time.
//
// Processes run in a session and process group of their own: an interrupt typed at the terminal does not reach them, so that work in
// progress can finish, and a provider is killed together with the programs it started. On Linux they get SIGTERM when NixOps4 itself dies.
//
// The package knows neither expressions nor plans; engine calls it, and state/remote uses it to store state in a resource.
package providers
