"""Doubles of what tillwatch talks to: faithful where the real program cannot run here."""
