"""`ivr retention`: deletes what has been kept long enough, and keeps what is needed as evidence."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from ivr.commands.options import data_option, settings_option, settings_or_exit
from ivr.commands.ship import database_option
from ivr.commands.users import open_office_or_fail
from ivr.config import DataFolder
from ivr.storage.log import NoSuchCallError
from ivr.storage.retention import Retention

_WHO = "ivr retention"


@click.group(name="retention")
def command() -> None:
    """保存期限 / how long calls and recordings are kept."""


@command.command(name="run")
@click.option("--dry-run", is_flag=True, help="只说会删什么 / only say what would be deleted")
@data_option
@settings_option
@database_option
def run(dry_run: bool, data: Path, settings_file: Path | None, database: str | None) -> None:
    """删除过期的通话、录音和记下的原话 / delete calls, recordings and transcripts that the settings no longer allow.

    To be run once a day, for example by a systemd timer. What is deleted stands in the audit log.
    """
    rules = settings_or_exit(settings_file).retention
    now = datetime.now(timezone.utc)
    calls_before = now - timedelta(days=rules.calls_days)
    recordings_before = now - timedelta(days=rules.recordings_days)
    transcripts_before = now - timedelta(days=rules.transcripts_days)
    with open_office_or_fail(data, settings_file, database) as office:
        retention = Retention(office.engine, office.audit, DataFolder(data).recordings)
        expired = retention.expired(calls_before, recordings_before, transcripts_before)
        if not dry_run:
            # Written before it is done, so that nothing vanishes without a trace.
            kinds = (("calls", calls_before), ("recordings", recordings_before), ("transcripts", transcripts_before))
            detail = ", ".join(f"{kind} before {before:%Y-%m-%d}" for kind, before in kinds)
            office.audit.write(_WHO, "deleted", "retention", detail, "terminal")
            retention.delete_transcripts(transcripts_before)
            retention.delete_recordings(recordings_before)
            retention.delete_calls(calls_before)
    verb = "会删除 / would delete" if dry_run else "已删除 / deleted"
    click.echo(
        f"{verb}: {expired.calls} 次通话 / calls, {len(expired.recordings)} 段录音 / recordings, "
        f"{expired.transcripts} 份原话 / transcripts"
    )
    if expired.held:
        click.echo(f"保全不删 / on hold, kept: {expired.held}")


@command.command(name="hold")
@click.argument("call_id", metavar="ID")
@click.option("--reason", required=True, help="原因 / why")
@click.option("--release", is_flag=True, help="解除保全 / end the hold")
@data_option
@settings_option
@database_option
def hold(
    call_id: str, reason: str, release: bool, data: Path, settings_file: Path | None, database: str | None
) -> None:
    """保全一次通话，不因过期而删 / keep a call whatever its age, until it is released."""
    with open_office_or_fail(data, settings_file, database) as office:
        try:
            office.calls.call(call_id)
        except NoSuchCallError as error:
            raise click.ClickException(f"没有这次通话 / no such call: {call_id}") from error
        office.audit.write(_WHO, "released" if release else "held", call_id, reason, "terminal")
    click.echo(f"{'已解除 / released' if release else '已保全 / on hold'}: {call_id}")
