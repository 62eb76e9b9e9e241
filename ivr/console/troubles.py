"""The latest warnings and errors of the gateway in plain words, with what to do: what many lines say is said once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ivr.console.health import Said

Words = tuple[str, str]


@dataclass(frozen=True)
class Rule:
    """What a line of the log means to those who look after the gateway.

    Attributes:
        told: what one of its lines holds, as the program says it.
        meaning: in Chinese and English.
        remedy: what to do, in Chinese and English.
    """

    told: tuple[str, ...]
    meaning: Words
    remedy: Words


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong, once or more often.

    Attributes:
        at: when it was said last.
        line: the last line itself, for those who maintain the program.
        times: how often it was said.
    """

    at: datetime
    process: str
    meaning: Words
    remedy: Words
    line: str
    times: int


_DISK: Words = (
    "看磁盘还有没有地方、能不能写：df -h；腾出地方后会自己恢复",
    "See whether the disk has room and takes data: df -h. It mends itself when there is room",
)
_WATCH: Words = (
    "已经自动处理。若一小时里有好几次，看机器是不是太忙：top；再运行 ivr doctor",
    "It has been dealt with. If it comes several times an hour, see whether the machine is too busy: top; ivr doctor",
)
_LINK: Words = (
    "看到县里的网络通不通：ivr doctor。来电人先听上次的答复，留下的话会等网络好了再送",
    "See whether the link to the county works: ivr doctor. Callers hear the last answer; what they leave waits",
)
_UNKNOWN = Rule(
    (),
    ("程序报告了一个问题", "The program reports a problem"),
    (
        "电话能正常接打就先观察；反复出现时，把下面这行原话发给维护人员",
        "Wait and see while calls go well; if it comes again, send the line below to those who maintain the gateway",
    ),
)
#: The first that fits counts.
RULES: tuple[Rule, ...] = (
    Rule(
        ("the call log cannot be written", "database down:", "the memory of callers"),
        ("数据库连不上，通话记录暂时存不进去", "The database cannot be reached; calls are not in the log yet"),
        (
            "电话照常接听，记录在本机等着。看数据库是否在运行：systemctl status postgresql，或 df -h",
            "Calls go on and wait here. See whether the database runs: systemctl status postgresql, or df -h",
        ),
    ),
    Rule(
        ("the call log is written again",),
        ("通话记录又能入库了", "The call log is written again"),
        ("不用做什么", "Nothing"),
    ),
    Rule(
        ("call refused: the journal", "cannot be brought to the disk", "journal records are being lost"),
        ("磁盘不收通话记录，新来电被拒", "The disk refuses the journal: new calls are refused"),
        _DISK,
    ),
    Rule(
        ("could not be kept",),
        ("有来电人留下的话没能存下", "Something that a caller left could not be kept"),
        (
            "这通电话在“待办”的复核里，请给来电人回电；再看磁盘：df -h",
            "The call stands among those to review: call back, then look at the disk: df -h",
        ),
    ),
    Rule(
        ("nothing can be recorded", "cannot record into", "recording into", "no folder for recordings"),
        ("录音存不下来", "Recordings cannot be written"),
        _DISK,
    ),
    Rule(
        ("hangs: no sign of life", "no sign of life is given any more"),
        ("有一个进程卡住了，已换上新的", "A process hung and is replaced"),
        _WATCH,
    ),
    Rule(
        ("ended by itself",),
        ("有一个进程自己退出了，已重新启动", "A process ended by itself and was started again"),
        _WATCH,
    ),
    Rule(
        ("ended with its worker",),
        ("有通话因为接听进程中断而断线", "A call was cut off because its line worker ended"),
        ("这通电话在“待办”的复核里，请给来电人回电", "The call stands among those to review: call back"),
    ),
    Rule(
        ("the edge does not",),
        ("分话的 Kamailio 没有应答", "Kamailio, which spreads the calls, does not answer"),
        ("运行：systemctl restart xiangyin-edge", "Run: systemctl restart xiangyin-edge"),
    ),
    Rule(
        ("no good voice is installed",),
        ("没有装好的声音，来电人听到的是应急声音", "No good voice is installed: callers hear the emergency voice"),
        ("运行：ivr models install", "Run: ivr models install"),
    ),
    Rule(
        ("the emergency voice speaks", "the speech worker speaks with"),
        ("来电人听到了应急声音，可能听不清", "Callers heard the emergency voice, which is hard to understand"),
        (
            "常出现时说明机器忙不过来：先运行 ivr prompts render 把固定的话做好，再看 top",
            "If it is frequent the machine is too slow: render fixed prompts with ivr prompts render, then look at top",
        ),
    ),
    Rule(
        ("only a tone is heard", "could not be made into sound", "a prompt could not be said", "cannot play"),
        ("有一句话没能放给来电人听", "A prompt could not be played to a caller"),
        ("运行：ivr doctor，再运行 ivr prompts render", "Run: ivr doctor, then ivr prompts render"),
    ),
    Rule(
        ("is damaged (",),
        ("语音模型的文件坏了", "The files of a speech model are damaged"),
        ("照下面这行里的命令重新安装", "Install it again with the command in the line below"),
    ),
    Rule(
        ("speech is not understood any more", "could not be acted upon", "broke on an utterance", "a turn broke"),
        ("语音识别出了错，来电人改用按键", "Speech recognition failed; callers go by keys"),
        _WATCH,
    ),
    Rule(
        ("menus not reloaded", "cannot be served", "the menus in"),
        ("菜单有错误，电话还在用原来的", "The menus have errors; calls go on with the old ones"),
        ("运行：ivr menus check，照它说的改", "Run: ivr menus check, and do what it says"),
    ),
    Rule(
        ("settings not reloaded",),
        ("设置有错误，还在用原来的", "The settings have errors; the old ones are in use"),
        ("照下面这行改设置文件", "Mend the file of settings as the line below says"),
    ),
    Rule(
        ("synchronisation of", "synchronisation stopped"),
        ("办事指南和通知没能从县里更新", "Service items and notices could not be fetched"),
        _LINK,
    ),
    Rule(
        ("the answer store cannot be read", "an answer could not be remembered"),
        ("本机的答复库读写不了", "The answer store of this machine cannot be used"),
        _DISK,
    ),
    Rule(
        ("delivery stopped", "its recording is gone", ") was refused:"),
        ("来电人留下的话有的送不到后台", "Some of what callers left cannot be delivered"),
        ("看“待办”里“没送到后台的”", "See what is not delivered, under Work"),
    ),
    Rule(
        ("without TLS", "travels unencrypted"),
        ("有一段连接没有加密", "A connection is not encrypted"),
        (
            "给值班台配证书（console.certificate），后台地址用 https",
            "Give the console a certificate (console.certificate), and the backend an https address",
        ),
    ),
    Rule(
        ("a message that PJSIP cannot stand", "TCP connections: closing"),
        ("有人在发不正常的信令，已挡住", "Somebody sends messages that are no telephone's; they are kept out"),
        (
            "若一直有，在防火墙上只放行运营商和本地话机的地址",
            "If it goes on, let only your carrier and your own telephones through the firewall",
        ),
    ),
    Rule(
        ("transfer to",),
        ("有一次转人工没有转出去", "A transfer to a person was refused"),
        (
            "看设置里的值班时间和每小时上限（transfer.most_per_hour）",
            "See the hours and the limit per hour in the settings (transfer.most_per_hour)",
        ),
    ),
    Rule(
        ("outbound:",),
        ("外呼没有打出去", "A call of ours was not placed"),
        ("运行：ivr outbound，看原因", "Run: ivr outbound, and see why"),
    ),
    Rule(
        ("the supervisor is gone",),
        ("总控停了，接听进程把手上的电话接完就停", "The supervisor is gone; workers end after their calls"),
        ("运行：systemctl restart xiangyin", "Run: systemctl restart xiangyin"),
    ),
)


def troubles(said: Iterable[Said], most: int = 12) -> list[Trouble]:
    """What lines of the log mean, latest first, each meaning once.

    Args:
        said: warnings and worse, in the order in which they were said.
        most: how many are told.
    """
    found: dict[tuple[str, str], Trouble] = {}
    for line in said:
        rule = next((rule for rule in RULES if any(words in line.message for words in rule.told)), _UNKNOWN)
        # What has no rule is its own meaning: two unknown problems are not one.
        key = (rule.meaning[1], "" if rule.told else line.message)
        times = found[key].times + 1 if key in found else 1
        found[key] = Trouble(line.at, line.process, rule.meaning, rule.remedy, line.message[:400], times)
    return sorted(found.values(), key=lambda trouble: trouble.at, reverse=True)[:most]
