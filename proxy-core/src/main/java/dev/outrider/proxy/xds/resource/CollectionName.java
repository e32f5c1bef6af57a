package dev.outrider.proxy.xds.resource;

/// Names of collections: locators that end in `/*`, before what they may be asked with (xDS
/// transport protocol, `xdstp://authority/type/path/*?key=value`).
public final class CollectionName {
  private static final String SCHEME = "xdstp://";

  private CollectionName() {}

  /// The collection that a resource of that name is in; the name itself if it says of none.
  public static String of(String resource) {
    if (!resource.startsWith(SCHEME)) {
      return resource;
    }
    var asked = resource.indexOf('?');
    var end = asked < 0 ? resource.length() : asked;
    var last = resource.lastIndexOf('/', end - 1);
    return last < SCHEME.length()
        ? resource
        : resource.substring(0, last + 1) + "*" + resource.substring(end);
  }

  /// Whether it may be the name of a collection.
  public static boolean isLocator(String name) {
    return name.startsWith(SCHEME);
  }

  /// The type that a locator names; empty if it is none.
  static String type(String locator) {
    if (!locator.startsWith(SCHEME)) {
      return "";
    }
    var start = locator.indexOf('/', SCHEME.length()) + 1;
    var end = start == 0 ? -1 : locator.indexOf('/', start);
    return end < 0 ? "" : locator.substring(start, end);
  }
}
