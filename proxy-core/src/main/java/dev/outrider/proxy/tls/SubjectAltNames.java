package dev.outrider.proxy.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// The subject alternative names of a certificate, in its order (RFC 5280 4.2.1.6).
///
/// @param entries of the kinds that [SanType] knows
record SubjectAltNames(List<Entry> entries) {

  record Entry(SanType type, String value) {}

  static SubjectAltNames of(X509Certificate certificate) throws CertificateParsingException {
    var names = certificate.getSubjectAlternativeNames();
    var entries = new ArrayList<Entry>();
    if (names != null) {
      for (var name : names) {
        if (name.get(0) instanceof Integer tag && name.get(1) instanceof String value) {
          for (var type : SanType.values()) {
            if (type.tag() == tag) {
              entries.add(new Entry(type, value));
            }
          }
        }
      }
    }
    return new SubjectAltNames(entries);
  }

  void forEach(BiConsumer<SanType, String> each) {
    entries.forEach(entry -> each.accept(entry.type, entry.value));
  }

  List<String> values(SanType type) {
    return entries.stream().filter(entry -> entry.type == type).map(Entry::value).toList();
  }

  /// All of them, for a reader.
  String listed() {
    return String.join(", ", entries.stream().map(Entry::value).toList());
  }

  SubjectAltNames only(SanType type) {
    return new SubjectAltNames(entries.stream().filter(entry -> entry.type == type).toList());
  }

  /// Whether one of them is this name, of whatever kind; that of a host may be under a wildcard.
  boolean have(String name) {
    return haveDns(name)
        || entries.stream()
            .anyMatch(entry -> entry.type != SanType.DNS && entry.value.equals(name));
  }

  boolean haveDns(String name) {
    return values(SanType.DNS).stream().anyMatch(shown -> SanMatcher.dnsMatches(shown, name));
  }

  boolean matchedBy(List<SanMatcher> matchers) {
    for (var entry : entries) {
      for (var matcher : matchers) {
        if (matcher.matches(entry.type, entry.value)) {
          return true;
        }
      }
    }
    return false;
  }
}
