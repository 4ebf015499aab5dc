"""Where jobs run: a job -> a running job -> its exit code."""
