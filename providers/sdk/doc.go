// Package sdk is for writing resource providers in Go.
//
// A provider is a [Provider]: a name and its resource types. [Serve] answers requests of [nixops4/providers/protocol] with it, one after the
// other, until its input ends; [Main] does so on the process's own standard streams.
//
//	type In struct {
//		Name string `json:"name"`
//		Size int    `json:"size,omitempty"` // optional
//	}
//	type Out struct {
//		ID string `json:"id"`
//	}
//
//	var disk = sdk.Resource[In, Out]{
//		Create:  func(ctx context.Context, in In, stateful bool) (Out, error) { … },
//		Destroy: func(ctx context.Context, old sdk.Existing[In, Out]) error { … },
//	}
//
//	sdk.Main(sdk.Provider{Name: "disks", Types: map[string]sdk.Type{"disk": disk}})
//
// Inputs are checked before a function is called: each field of In without `omitempty` or `omitzero`, and that is not a pointer, must be there, nothing
// else may be, and types must fit. What a function returns as error is the message the user sees, so it says what happened without naming the
// resource. A panic becomes an error too. Log lines go to standard error: see [Logf].
//
// A type that stores state is a [StateResource], made from a function that opens a [state.Store].
package sdk
