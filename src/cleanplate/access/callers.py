"""Who asks, and to whom it belongs: keys, and the accounts that they share."""

from dataclasses import dataclass
from typing import Final

from cleanplate.errors import BadParameter
from cleanplate.key_limits import TEST_PREFIX

_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a stored key's id and name, or `static-1`, `static-2`, ... for one of the environment.

    The id and the account of a key for client tests begin with `test-`, and only those of such a key.

    Attributes:
        account: whose tasks, uploads, replies and usage it may see; the key's id where it is alone.
        admin: whether it may look after the server; only a stored key can be one.
    """

    key_id: str
    name: str
    account: str
    admin: bool = False

    @property
    def test(self) -> bool:
        """Whether the tasks of this key are simulated instead of done."""
        return self.key_id.startswith(TEST_PREFIX)


def account_for(account: str, *, test: bool) -> str:
    """The account of this name for such a key. What is simulated is never in one with what is real.

    Raises:
        BadParameter: the name cannot be one, or only one of test keys.
    """
    if not 1 <= len(account) <= _LONGEST or not account.isprintable() or " " in account:
        raise BadParameter(f"the name of an account must be 1 to {_LONGEST} printable characters, no spaces")
    if test:
        return TEST_PREFIX + account.removeprefix(TEST_PREFIX)
    if account.startswith(TEST_PREFIX):
        raise BadParameter(f"accounts whose names begin with {TEST_PREFIX} are for test keys alone")
    return account
