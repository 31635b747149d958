import Resources

/// The diagnostic that the body throws; nil when it throws none.
///
/// `#expect(throws:)` hands out the error only from Swift 6.1 on.
func diagnostic<Result>(_ body: () throws -> Result) -> Diagnostic? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? Diagnostic
  }
}
