// Package local is the provider for things on the machine that runs NixOps4: files, programs, remembered values and state files.
//
// [Provider] returns it; cmd/nixops4 serves it as `builtin:local`, cmd/nixops4-resources-local as a program of its own. Its resource types and
// what they do agree with the provider of the same name of the existing NixOps4:
//
//	file        {name, contents}                → {}        writes a file
//	exec        {executable, args, stdin, once, check} → {stdout}  runs a program
//	memo        {initialize_with}               → {value}   remembers its first value; needs state
//	state_file  {name}                          → {}        stores state; see nixops4/state/file
//
// All can be read and destroyed, except that what a program did is only forgotten; file and memo can be imported. exec's check is ours: a
// command that tells whether what was done is still there.
//
// Relative names are relative to the directory in which NixOps4 was started.
package local
