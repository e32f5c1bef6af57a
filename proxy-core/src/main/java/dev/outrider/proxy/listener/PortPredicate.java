package dev.outrider.proxy.listener;

import java.util.List;

/// What connections are chosen by their destination port (Envoy
/// `config.listener.v3.ListenerFilterChainMatchPredicate`).
public sealed interface PortPredicate {
  /// No connection at all.
  PortPredicate NEVER = new AnyOf(List.of());

  boolean test(int destinationPort);

  record Always() implements PortPredicate {
    @Override
    public boolean test(int destinationPort) {
      return true;
    }
  }

  /// Ports that follow each other.
  ///
  /// @param end excluded
  record Range(int start, int end) implements PortPredicate {
    @Override
    public boolean test(int destinationPort) {
      return destinationPort >= start && destinationPort < end;
    }
  }

  record Not(PortPredicate of) implements PortPredicate {
    @Override
    public boolean test(int destinationPort) {
      return !of.test(destinationPort);
    }
  }

  record AnyOf(List<PortPredicate> rules) implements PortPredicate {
    public AnyOf {
      rules = List.copyOf(rules);
    }

    @Override
    public boolean test(int destinationPort) {
      for (var rule : rules) {
        if (rule.test(destinationPort)) {
          return true;
        }
      }
      return false;
    }
  }

  record AllOf(List<PortPredicate> rules) implements PortPredicate {
    public AllOf {
      rules = List.copyOf(rules);
    }

    @Override
    public boolean test(int destinationPort) {
      for (var rule : rules) {
        if (!rule.test(destinationPort)) {
          return false;
        }
      }
      return true;
    }
  }
}
