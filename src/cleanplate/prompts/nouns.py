"""What phrases say beside the thing itself: Chinese names of common things, and which one of several."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

NOUNS: Final[Mapping[str, str]] = {
    "行人": "person",
    "路人": "person",
    "人物": "person",
    "男人": "man",
    "女人": "woman",
    "男孩": "boy",
    "女孩": "girl",
    "孩子": "child",
    "小孩": "child",
    "婴儿": "baby",
    "人": "person",
    "脸": "face",
    "头发": "hair",
    "手": "hand",
    "狗": "dog",
    "猫": "cat",
    "鸟": "bird",
    "马": "horse",
    "牛": "cow",
    "羊": "sheep",
    "兔子": "rabbit",
    "汽车": "car",
    "轿车": "car",
    "自行车": "bicycle",
    "摩托车": "motorcycle",
    "公交车": "bus",
    "卡车": "truck",
    "车": "car",
    "船": "boat",
    "飞机": "airplane",
    "火车": "train",
    "房子": "house",
    "房屋": "house",
    "建筑": "building",
    "屋顶": "roof",
    "门": "door",
    "窗户": "window",
    "窗": "window",
    "墙": "wall",
    "桥": "bridge",
    "道路": "road",
    "路": "road",
    "天空": "sky",
    "天": "sky",
    "云": "cloud",
    "太阳": "sun",
    "月亮": "moon",
    "大海": "sea",
    "海": "sea",
    "湖": "lake",
    "河": "river",
    "水": "water",
    "山": "mountain",
    "草地": "grass",
    "草": "grass",
    "树叶": "leaves",
    "叶子": "leaves",
    "树": "tree",
    "花": "flower",
    "沙滩": "beach",
    "雪": "snow",
    "石头": "stone",
    "桌子": "table",
    "椅子": "chair",
    "沙发": "sofa",
    "床": "bed",
    "灯笼": "lantern",
    "灯": "lamp",
    "电线": "power line",
    "杯子": "cup",
    "瓶子": "bottle",
    "盘子": "plate",
    "书": "book",
    "手机": "phone",
    "电脑": "computer",
    "气球": "balloon",
    "球": "ball",
    "伞": "umbrella",
    "包": "bag",
    "帽子": "hat",
    "眼镜": "glasses",
    "鞋": "shoes",
    "裙子": "dress",
    "连衣裙": "dress",
    "衣服": "clothes",
    "衬衫": "shirt",
    "外套": "coat",
    "裤子": "trousers",
    "垃圾桶": "trash can",
    "标志": "sign",
    "招牌": "sign",
    "水果": "fruit",
    "苹果": "apple",
    "蛋糕": "cake",
    "玩具": "toy",
    "影子": "shadow",
    "阴影": "shadow",
    "倒影": "reflection",
}
"""The detector was trained with English alone."""

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LONGEST_FIRST: Final = sorted(NOUNS, key=len, reverse=True)
_SIDES: Final = (
    (re.compile(r"\b(left|leftmost)\b|左", re.IGNORECASE), 0, -1),
    (re.compile(r"\b(right|rightmost)\b|右", re.IGNORECASE), 0, 1),
    (re.compile(r"\b(top|upper|topmost)\b|上面|上方|上边", re.IGNORECASE), 1, -1),
    (re.compile(r"\b(bottom|lower)\b|下面|下方|下边", re.IGNORECASE), 1, 1),
)
_LARGEST = re.compile(r"\b(largest|biggest|big)\b|最大", re.IGNORECASE)


def english(phrase: str) -> str:
    """The phrase for a model that reads English: the common things that a Chinese one names, or as it is."""
    if not _CHINESE.search(phrase):
        return phrase
    named, rest = [], phrase
    for noun in _LONGEST_FIRST:
        if noun in rest:
            named.append(NOUNS[noun])
            rest = rest.replace(noun, " ")
    return ". ".join(dict.fromkeys(named)) or phrase


def chosen(boxes: NDArray[np.float32], phrase: str) -> NDArray[np.float32]:
    """Those of the boxes that the phrase means: all, or the one that lies where it says.

    Args:
        boxes: (N, 4) left, top, right, bottom.
        phrase: may say left, right, top, bottom or largest, in English or Chinese.
    """
    if len(boxes) == 0:
        return boxes
    for words, axis, way in _SIDES:
        if words.search(phrase):
            middles = boxes[:, axis] + boxes[:, axis + 2]
            best = int(np.argmax(way * middles))
            return boxes[best : best + 1]
    if _LARGEST.search(phrase):
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        best = int(np.argmax(areas))
        return boxes[best : best + 1]
    return boxes
