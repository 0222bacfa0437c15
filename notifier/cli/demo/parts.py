"""What is known of a query while its story is played."""

from dataclasses import dataclass, field

from notifier.cli.demo.stories import Story


@dataclass
class Part:
    """One story on stage. `id` and `code` are known once it was taken in; `round` counts what was asked anew."""

    story: Story
    id: str = ""
    code: str = ""
    deadline_at: str | None = None
    round: int = 1
    troubles: list[str] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Whether it was taken in."""
        return bool(self.id)

    def phone(self, back: int = 0) -> str:
        """The phone of the present round, or of so many rounds before."""
        return self.story.phones()[max(self.round - 1 - back, 0)]

    def filled(self, words: str) -> str:
        """Words with the query's own code and item in them."""
        return words.replace("{code}", self.code).replace("{item}", self.story.cells["item_id"])
