// Package live is the deployment that operations work on when they are run for real: script.Deployment over the engine.
//
// [New] opens nothing. The root is evaluated and states are read when a script asks for the first time, so that an operation that only runs
// programs starts at once. What is read from states is kept until the script itself changes something; then evaluation starts anew, with
// the outputs that are recorded now.
package live
