"""What the parts of a store over a database share."""

from mlproj.tracking.sql.session import Database


class Calls:
    """Calls of a store: each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = self.database = database
