package dev.outrider.proxy.extension.text;

/// What a text may cost before it is refused.
///
/// @param maxChars length of the text in UTF-16 units
/// @param maxDepth nesting of lists and mappings
/// @param maxAliases uses of YAML anchors
/// @param maxNodes values written, each use of an anchor counted again
public record ReaderLimits(int maxChars, int maxDepth, int maxAliases, int maxNodes) {
  public static final ReaderLimits DEFAULT = new ReaderLimits(32 << 20, 100, 10_000, 2_000_000);
}
