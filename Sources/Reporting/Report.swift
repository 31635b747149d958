/// Facts into words: plans, progress, diagnostics and outcomes as text. No I/O.
///
/// Whatever came from a host or a recipe goes through `printable` before it reaches a terminal.
package enum Report {}
