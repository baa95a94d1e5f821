// Package providertest tests providers and what uses them.
//
// [Run] is the contract suite that every provider passes, in one call from its tests. [Main] is a scripted provider that answers, or misbehaves, as
// it is told; tests register it as the command nixops4-fake-provider.
package providertest
