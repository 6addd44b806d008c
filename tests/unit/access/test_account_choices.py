"""What accounts chose is theirs, and bounded."""

from cleanplate.access.account_choices import Choices


def test_each_account_has_its_own() -> None:
    choices = Choices()
    choices.set("a", "model", "one")
    assert (choices.get("a", "model"), choices.get("b", "model"), choices.get("a", "x")) == (
        "one",
        None,
        None,
    )


def test_the_oldest_is_forgotten() -> None:
    choices = Choices(2)
    for account in "ab":
        choices.set(account, "model", account)
    choices.set("a", "model", "again")
    choices.set("c", "model", "c")
    assert [choices.get(account, "model") for account in "abc"] == ["again", None, "c"]
