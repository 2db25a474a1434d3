"""What a browser calls itself, in words that its owner knows it by."""

from __future__ import annotations

import re

BROWSERS = (
    ("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("Edg", "Edge"), ("OPR/", "Opera"),
    ("QQBrowser", "QQ 浏览器"), ("UCBrowser", "UC 浏览器"), ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"), ("SamsungBrowser", "三星浏览器"), ("Firefox", "火狐"),
    ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("python", "Python 程序"),
)  # fmt: skip
"""In this order: most of them call themselves by the later names too."""
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "鸿蒙设备"), ("OpenHarmony", "鸿蒙设备"),
    ("Android", "安卓手机"), ("Windows", "Windows 电脑"), ("Mac OS", "Mac 电脑"),
    ("Linux", "Linux 电脑"),
)  # fmt: skip


def device_words(agent: str) -> str:
    """`Windows 电脑上的 Edge`; what is not known is not guessed.

    >>> device_words("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140")
    'Windows 电脑上的 Edge'
    >>> device_words("")
    '未知设备'
    """
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    system = next((words for mark, words in SYSTEMS if mark in agent), "")
    if browser and system:
        on = f"{system} 上的" if system.isascii() else f"{system}上的"
        return f"{on} {browser}" if browser.isascii() else f"{on}{browser}"
    return browser or system or "未知设备"


PROGRAMS = re.compile(
    r"bot|crawl|spider|slurp|fetch|preview|monitor|headless|curl|wget|python|httpx|java/|go-http|"
    r"okhttp|libwww|scrapy|facebookexternalhit",
    re.I,
)


def is_program(agent: str) -> bool:
    """Whether a page is asked for by a program that says so, or that says nothing at all.

    >>> is_program("Mozilla/5.0 (compatible; Baiduspider/2.0)"), is_program("")
    (True, True)
    >>> is_program("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36")
    False
    """
    return not agent or PROGRAMS.search(agent) is not None
