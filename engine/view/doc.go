// Package view shows what the engine tells.
//
// [Lines] writes events for people as plain lines that stay on the screen, one when something is done, and one when it takes long.
// Colour is used only when the caller says so, and means nothing that the words do not say.
//
// The package decides nothing: it takes in [engine.Event] values and writes text.
package view
