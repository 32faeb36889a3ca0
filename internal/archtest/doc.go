// Package archtest holds the import rules of the project as a test: who may import whom, and why. docs/architecture.md draws
// the same picture. It has no code for others.
package archtest
