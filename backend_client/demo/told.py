"""Rows of content in the words of the contract."""

from __future__ import annotations

from typing import Any

from backend_client.demo.tables import CaseRow, DepartmentRow, NoticeRow, PolicyRow, ServiceItemRow, TownshipRow

Json = dict[str, Any]


def case(row: CaseRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "number": row.number,
        "item_name": texts["item_name"],
        "department": texts["department"],
        "status": row.status,
        "status_text": texts["status_text"],
        "step": texts["step"],
        "accepted_on": row.accepted_on.isoformat(),
        "expected_on": row.expected_on and row.expected_on.isoformat(),
        "missing_documents": texts["missing_documents"],
        "pickup_address": texts["pickup_address"],
        "applicant_id_last6": None,
    }


def service_item(row: ServiceItemRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "code": row.code,
        "name": texts["name"],
        "department": texts["department"],
        "summary": texts["summary"],
        "conditions": texts["conditions"],
        "documents": texts["documents"],
        "steps": texts["steps"],
        "days": row.days,
        "fee": texts["fee"],
        "address": texts["address"],
        "hours": texts["hours"],
        "phone": row.phone,
        "number": row.number,
        "frequent": row.frequent,
        "by_others": row.by_others,
        "keywords": texts["keywords"],
        "questions": texts["questions"],
    }


def policy(row: PolicyRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "code": row.code,
        "title": texts["title"],
        "summary": texts["summary"],
        "points": texts["points"],
        "document_number": row.document_number,
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "keywords": texts["keywords"],
        "department": texts["department"],
        "questions": texts["questions"],
    }


def notice(row: NoticeRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "id": row.id,
        "kind": row.kind,
        "title": texts["title"],
        "text": texts["text"],
        "area": texts["area"],
        "township": row.township,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "reason": texts["reason"],
    }


def department(row: DepartmentRow, language: str) -> Json:
    texts = row.texts[language]
    return {
        "code": row.code,
        "name": texts["name"],
        "address": texts["address"],
        "hours": texts["hours"],
        "phone": row.phone,
    }


def township(row: TownshipRow, language: str) -> Json:
    return {"code": row.code, **row.texts[language]}
