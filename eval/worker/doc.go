// Package worker runs the evaluator in a process of its own, so that a runaway expression takes down only that process.
//
// [Serve] is the process's side: it reads requests, one JSON object a line, and has an [Evaluation] answer them one at a
// time, in order. [Client] is the other side: it starts the process, its methods ask and wait, and may be called from many
// goroutines at once. When the process dies, whatever the reason, every call returns a *[DiedError] at once.
//
// # Protocol
//
// A request is {"id": N, "METHOD": {…}}, with an id greater than all before. The answer has the same id and one of "result",
// "needs" and "error":
//
//	{"id":7,"component":{"path":["web"],"want":"inputs"}}
//	{"id":7,"result":{"resource":{"type":"file","provider":{…},"outputs":["hash"],"state":null,"inputs":{…}}}}
//	{"id":7,"needs":{"what":"members","path":[],"outputs":[{"path":["hello"],"output":"stdout"}]}}
//	{"id":7,"error":{"kind":"throw","message":"…","trace":"error: …"}}
//
// The methods are open, component, realise, check, flow, manual, tell, restart, eval, line, complete, give, doc, stats and cancel; [Request] documents them. Cancel is read at once, not in
// order, and has no answer of its own: the request it names is answered with an error of kind "canceled".
// A line {"log": "…"} from the process is what builtins.trace and warnings write. The process ends when its input ends.
//
// "needs" answers a question that depends on resource outputs that were not told yet. Once they are told, the same question
// can be asked again; what was evaluated on the way stays evaluated.
package worker
