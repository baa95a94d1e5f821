// Command nixops4-resources-local serves the provider "local" as a program of its own, for those who package it apart from nixops4 or use
// it from another engine. The provider is package providers/local; the protocol it speaks is specified in providers/protocol.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"nixops4/providers/local"
	"nixops4/providers/sdk"
)

// version is set with -ldflags "-X main.version=…".
var version = "0.1.0"

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return sdk.Main(ctx, local.Provider(version))
}
