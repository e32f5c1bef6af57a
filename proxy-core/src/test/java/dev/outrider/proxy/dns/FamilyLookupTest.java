package dev.outrider.proxy.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.DnsFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamilyLookupTest {
  private record Asked(boolean v6, Consumer<DnsAnswer> answer) {}

  private final List<Asked> asked = new ArrayList<>();
  private final List<DnsAnswer> answers = new ArrayList<>();

  private FamilyLookup begin(DnsFamily family) {
    return FamilyLookup.begin(
        (_, v6, answer) -> asked.add(new Asked(v6, answer)), "a.test", family, answers::add);
  }

  private void answer(boolean v6, DnsAnswer answer) {
    var open = asked.stream().filter(each -> each.v6() == v6).findFirst().orElseThrow();
    asked.remove(open);
    open.answer().accept(answer);
  }

  private static DnsAnswer found(String... ips) {
    return new DnsAnswer.Addresses(
        List.of(ips).stream().map(ip -> new DnsAnswer.Address(ip, 1)).toList());
  }

  @ParameterizedTest
  @CsvSource({"V4_ONLY, false", "V6_ONLY, true"})
  void asksForOneKind(DnsFamily family, boolean v6) {
    begin(family);

    answer(v6, DnsAnswer.EMPTY);

    assertThat(answers).containsExactly(DnsAnswer.EMPTY);
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"V4_PREFERRED, false", "AUTO, true"})
  void asksForTheOtherKindOnlyIfThereIsNoneOfTheFirst(DnsFamily family, boolean first) {
    begin(family);
    answer(first, found("::1"));
    assertThat(answers).containsExactly(found("::1"));
    assertThat(asked).isEmpty();

    begin(family);
    answer(first, new DnsAnswer.Failed("no"));
    answer(!first, found("::2"));

    assertThat(answers).last().isEqualTo(found("::2"));
  }

  @Test
  void asksForAllAtOnceAndPutsFourBeforeSix() {
    begin(DnsFamily.ALL);
    assertThat(asked).hasSize(2);

    answer(true, found("::1"));
    answer(false, found("10.0.0.1"));

    assertThat(answers).containsExactly(found("10.0.0.1", "::1"));
  }

  @Test
  void isGoodIfOneAnswerIs() {
    begin(DnsFamily.ALL);
    answer(true, new DnsAnswer.Failed("no"));
    answer(false, found("10.0.0.1"));
    begin(DnsFamily.AUTO);
    answer(true, DnsAnswer.EMPTY);
    answer(false, new DnsAnswer.Failed("no"));
    begin(DnsFamily.AUTO);
    answer(true, new DnsAnswer.Failed("first"));
    answer(false, new DnsAnswer.Failed("second"));

    assertThat(answers)
        .containsExactly(found("10.0.0.1"), DnsAnswer.EMPTY, new DnsAnswer.Failed("second"));
  }

  @Test
  void saysNothingWhenItIsCancelled() {
    var lookup = begin(DnsFamily.AUTO);

    lookup.cancel();
    answer(true, DnsAnswer.EMPTY);

    assertThat(answers).isEmpty();
    assertThat(asked).isEmpty();
  }
}
