package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.HeaderEdit.Mode;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeaderEditsTest {
  private final HeadStores stores = new HeadStores();
  private final HeaderMap head = stores.take(HeadKind.REQUEST);
  private final StreamInfo info = new StreamInfo();

  @AfterEach
  void nothingIsLeftOver() {
    head.release();
    assertThat(stores.outstanding()).isZero();
  }

  private static HeaderEdit put(String name, String value, Mode mode, boolean keepEmpty) {
    var format =
        FormatString.parse(
            value,
            FormatEnvironment.ofProcess(),
            problem -> {
              throw new AssertionError(problem);
            });
    return new HeaderEdit.Put(HeaderName.of(name), format, mode, keepEmpty);
  }

  private static HeaderEdit put(String name, String value, Mode mode) {
    return put(name, value, mode, false);
  }

  private String apply(HeaderEdit... edits) {
    info.requestHead(head);
    new HeaderEdits().apply(List.of(edits), head, info);
    return head.toString();
  }

  private void given(String name, String value) {
    head.add(HeaderName.of(name), value);
  }

  @Test
  void eachModeDoesItsOwnWithWhatIsThere() {
    given("a", "1");
    given("b", "1");
    given("c", "1");
    given("c", "2");

    assertThat(
            apply(
                put("a", "2", Mode.APPEND),
                put("b", "2", Mode.ADD_IF_ABSENT),
                put("c", "3", Mode.OVERWRITE),
                put("d", "1", Mode.OVERWRITE_IF_EXISTS),
                put("e", "1", Mode.ADD_IF_ABSENT),
                new HeaderEdit.Remove(HeaderName.of("x"))))
        .isEqualTo("a: 1\nb: 1\nc: 3\na: 2\ne: 1\n");
  }

  @Test
  void valuesAreMadeFromTheHeadAsItWasAndReplacingComesFirst() {
    given("a", "old");

    assertThat(
            apply(
                put("b", "added", Mode.APPEND),
                put("a", "new", Mode.OVERWRITE),
                put("c", "%REQ(a)%", Mode.OVERWRITE)))
        .isEqualTo("a: new\nc: old\nb: added\n");
  }

  @Test
  void whatIsRemovedIsGoneBeforeValuesAreMade() {
    given("a", "old");

    assertThat(
            apply(
                put("b", "%REQ(a)%", Mode.APPEND, true), new HeaderEdit.Remove(HeaderName.of("a"))))
        .isEqualTo("b: \n");
  }

  @Test
  void whatIsAddedToANameOfOneLineJoinsIt() {
    given("user-agent", "me");
    given("x-mine", "me");

    assertThat(
            apply(
                put("user-agent", "new", Mode.APPEND),
                put("x-mine", "new", Mode.APPEND),
                put("via", "new", Mode.APPEND)))
        .isEqualTo("user-agent: me,new\nx-mine: me\nx-mine: new\nvia: new\n");
  }

  @Test
  void eachLevelSeesWhatTheOneBeforeHasLeft() {
    given("a", "1");
    info.requestHead(head);

    new HeaderEdits()
        .applyAll(
            List.of(
                List.of(put("a", "2 after %REQ(a)%", Mode.OVERWRITE)),
                List.of(put("a", "3 after %REQ(a)%", Mode.OVERWRITE))),
            head,
            info);

    assertThat(head.toString()).isEqualTo("a: 3 after 2 after 1\n");
  }

  @Test
  void noFlagIsADashThoughOtherOperatorsLeaveNothing() {
    assertThat(apply(put("a", "[%RESPONSE_FLAGS%%RESPONSE_CODE_DETAILS%]", Mode.APPEND)))
        .isEqualTo("a: [-]\n");
  }

  @Test
  void anEmptyValueDoesNothingUnlessItIsKept() {
    given("a", "1");

    assertThat(apply(put("a", "%REQ(none)%", Mode.OVERWRITE), put("b", "", Mode.APPEND)))
        .isEqualTo("a: 1\n");
  }
}
