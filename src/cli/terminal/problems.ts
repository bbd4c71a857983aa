// What ends a command with a sentence instead of a stack, and with which exit code.

/** A wrong argument; the sentence says what to write instead. */
export class UsageProblem extends Error {}

/** A cluster or cloud that does not answer, or refuses to be read. */
export class UnreachableProblem extends Error {}

/** A file that is not there or cannot be read. */
export class ReadingProblem extends Error {}
