package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A resolver whose answers the test gives.
public final class FakeNames implements NameResolver {
  private record Question(String name, DnsFamily family, Consumer<DnsAnswer> answer) {}

  private final List<Question> open = new ArrayList<>();
  private int asked;

  @Override
  public Query resolve(String name, DnsFamily family, Consumer<DnsAnswer> answer) {
    asked++;
    var question = new Question(name, family, answer);
    open.add(question);
    return () -> open.remove(question);
  }

  /// Names that wait for an answer.
  public List<String> open() {
    return open.stream().map(Question::name).toList();
  }

  /// How many questions there have been.
  public int asked() {
    return asked;
  }

  /// The family asked for last.
  public DnsFamily family() {
    return open.getLast().family();
  }

  /// Answers with addresses that say nothing of their life.
  public void answer(String name, String... ips) {
    answer(name, 0, ips);
  }

  public void answer(String name, long ttlSeconds, String... ips) {
    reply(
        name,
        new DnsAnswer.Addresses(
            Stream.of(ips).map(ip -> new DnsAnswer.Address(ip, ttlSeconds)).toList()));
  }

  public void fail(String name) {
    reply(name, new DnsAnswer.Failed("planted"));
  }

  private void reply(String name, DnsAnswer answer) {
    var question =
        open.stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new AssertionError(name + " is not asked for"));
    open.remove(question);
    question.answer().accept(answer);
  }
}
