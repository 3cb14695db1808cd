"""What runs in a process apart: strangers' files are examined, tried and judged there."""
