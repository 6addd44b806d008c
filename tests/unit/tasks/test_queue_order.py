"""A worker stays with the models that it has in memory, and still looks at every queue in time."""

from cleanplate.tasks.queue_order import QueueOrder


def _taken(order: QueueOrder, waiting: set[str], tasks: int) -> list[str]:
    """What is taken while there is always more in these queues."""
    taken = []
    for _ in range(tasks):
        queue = next(queue for queue in order.now() if queue in waiting)
        order.took(queue)
        taken.append(queue)
    return taken


def test_before_the_first_task_the_given_order_counts() -> None:
    order = QueueOrder(["instruct", "general"])
    assert order.now() == ("instruct", "general")
    assert order.warm == ""


def test_the_queue_of_the_last_task_is_first() -> None:
    order = QueueOrder(["instruct", "upscale", "general"])
    order.took("upscale")
    assert order.now()[0] == order.warm == "upscale"
    assert set(order.now()) == {"instruct", "upscale", "general"}


def test_no_queue_waits_for_ever() -> None:
    queues = ["instruct", "upscale", "general"]
    taken = _taken(QueueOrder(queues), set(queues), 48)
    assert {queue: taken.count(queue) for queue in queues} == dict.fromkeys(queues, 16)


def test_one_queue_alone_is_never_put_off() -> None:
    assert set(_taken(QueueOrder(["general"]), {"general"}, 20)) == {"general"}
    assert set(_taken(QueueOrder(["instruct", "general"]), {"instruct"}, 20)) == {"instruct"}


def test_the_others_are_first_only_now_and_then() -> None:
    order, first = QueueOrder(["instruct", "general"]), []
    for _ in range(40):
        first.append(order.now()[0])
        order.took("general")
    assert first[:10] == ["instruct", *["general"] * 7, "instruct", "general"]
    assert first.count("instruct") == 5
