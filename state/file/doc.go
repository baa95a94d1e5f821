// Package file keeps state in a file: the format of NixOps4's `state_file`, in both directions.
//
// The file is a concatenation of JSON documents, one per event. The existing NixOps4 writes each over several lines and gives all of them
// index 0; this package writes one event per line with its index. Either program reads what the other wrote and may append to it. An
// event's place in the file is what counts; an index other than 0 must agree with it.
//
// [Open] returns a [Store]. What it promises beyond [state.Store]:
//
//   - An append that returned is durable (fsync); so is a new file's entry in its directory.
//   - Appends and reads hold flock(2) on the file for their short duration, as the existing NixOps4 does, so neither sees half of the
//     other's event. The lock that commands hold for longer is a second file, NAME.lock.
//   - What is known of the file is kept; another process's events are picked up by reading only what was added. N appends cost O(N).
//   - A file that ends within an event, that is not a state file, or that has foreign bytes in it is refused with the offset, and not a byte of it is
//     changed. [Repair] cuts off an unfinished last event, after keeping a copy of the whole file.
package file
