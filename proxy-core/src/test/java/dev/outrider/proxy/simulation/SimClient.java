package dev.outrider.proxy.simulation;

import java.util.SplittableRandom;

/// A client connection: checks that every answer is its own, complete and as it was sent.
abstract class SimClient extends SimPeer {
  int answers;

  /// Those that came from an upstream.
  int properAnswers;

  String lastAnswer = "";

  SimClient(SplittableRandom random) {
    super(random);
  }

  abstract boolean mayAsk();

  /// Something that may be wrong in every way.
  abstract void request(int id);

  /// One that must be answered by an upstream.
  abstract void properRequest(int id);

  abstract boolean answeredOrClosed();

  /// The proxy has said good-bye: nothing more is asked here.
  abstract boolean toldToClose();

  /// Nothing is under way.
  void checkAtRest() {}

  /// For messages.
  abstract String unanswered();

  final void answered(String answer, boolean proper) {
    answers++;
    properAnswers += proper ? 1 : 0;
    lastAnswer = answer;
  }
}
