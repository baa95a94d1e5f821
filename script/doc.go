// Package script runs operations: Starlark functions that read what a deployment's resources are and act on it.
//
// A [Project] is a folder with scripts; [Project.Load] evaluates one and returns the [Operation] values it declares, and [Run] calls one
// of them. The function gets a value, usually named ctx, and all that it can do goes through it: ctx's functions are rows of one table
// (table.go), each with its documentation. What they need of the outside is behind two interfaces: [World] has processes, files, network,
// clock and questions, and [Deployment] has resources. [System] is the real world; package script/live is the real deployment. Tests
// of scripts ([Test]) get fakes of both.
//
// Scripts are contained: they have no ambient power, and steps, time, memory, sizes of values, output and processes are bounded by
// [Limits]. A script's error is an [Error], with the place and the callers. Texts that are secret are values of their own ([Secret]),
// and everything that is printed or recorded passes a [Mask].
//
// The package prints nothing and reads no command line.
package script
