// Lanes with real servers: a test that failed is run once more, with its first error in the log. What
// fails twice is a failure; what passes the second time is told as such.
import { jest } from "@jest/globals";

jest.retryTimes(1, { logErrorsBeforeRetry: true });
