"""Statistics of counts and votes: intervals, tests, agreement corrected for chance, trends."""
