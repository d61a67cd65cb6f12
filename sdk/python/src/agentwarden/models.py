"""The server's answers as frozen data classes. ``raw`` holds the whole JSON, with fields that are not named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Generic, Optional, TypeVar

T = TypeVar("T")


def parse_time(value: Optional[str]) -> Optional[datetime]:
    """Parses an RFC 3339 time into an aware UTC ``datetime``. None stays None."""
    if value is None:
        return None
    return datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(timezone.utc)


@dataclass(frozen=True)
class CheckResult:
    """The answer to a check. Truthy only when the action is allowed at once."""

    decision: str
    allowed: bool
    requires_approval: bool
    approval_id: Optional[str]
    reason: Optional[str]
    reason_code: Optional[str] = None
    status: Optional[str] = None
    approval_url: Optional[str] = None
    risk: Optional[str] = None
    digest: Optional[str] = None
    expires_at: Optional[datetime] = None
    check_id: Optional[str] = None
    #: ``{"version": …, "rule": …}``: the policy version and the rule that gave the answer.
    policy: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return self.allowed

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> CheckResult:
        # Fails closed: the answer is a yes only if all three fields say so.
        decision = str(data["decision"])
        return cls(
            decision=decision,
            allowed=decision == "allow" and data["allowed"] is True and data["requires_approval"] is False,
            requires_approval=decision == "require_approval",
            approval_id=data.get("approval_id"),
            reason=data.get("reason"),
            reason_code=data.get("reason_code"),
            status=data.get("status"),
            approval_url=data.get("approval_url"),
            risk=data.get("risk"),
            digest=data.get("digest"),
            expires_at=parse_time(data.get("expires_at")),
            check_id=data.get("check_id"),
            policy=data.get("policy") or {},
            metadata=data.get("metadata") or {},
            raw=data,
        )


@dataclass(frozen=True)
class Grant:
    """The single-use permission of an approved request. ``state``: ``ready``, ``consumed``, ``expired`` or ``revoked``."""

    state: str
    expires_at: Optional[datetime]
    consumed_at: Optional[datetime]
    use_id: Optional[str]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Grant:
        return cls(
            str(data["state"]),
            parse_time(data.get("expires_at")),
            parse_time(data.get("consumed_at")),
            data.get("use_id"),
        )


@dataclass(frozen=True)
class Approval:
    """One request for a decision. ``status``: pending, approved, denied, expired or cancelled."""

    id: str
    status: str
    reason_code: Optional[str]
    agent_id: str
    action: str
    context: Mapping[str, Any]
    digest: str
    decided_by: Optional[str]
    comment: Optional[str]
    created_at: Optional[datetime]
    expires_at: Optional[datetime]
    decided_at: Optional[datetime]
    grant: Optional[Grant]
    display: Optional[Mapping[str, Any]] = None
    risk: Optional[str] = None
    requester: Optional[str] = None
    on_behalf_of: Optional[str] = None
    #: ``{"version": …, "rule": …}``: the policy version and the rule that made the request. They stay as they are.
    policy: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    levels: Sequence[Mapping[str, Any]] = ()
    votes: Sequence[Mapping[str, Any]] = ()
    deliveries: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    version: Optional[int] = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def approved(self) -> bool:
        return self.status == "approved"

    @property
    def pending(self) -> bool:
        return self.status == "pending"

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Approval:
        return cls(
            id=str(data["id"]),
            status=str(data["status"]),
            reason_code=data.get("reason_code"),
            agent_id=str(data["agent_id"]),
            action=str(data["action"]),
            context=data.get("context") or {},
            digest=str(data["digest"]),
            decided_by=(data.get("decided_by") or {}).get("name"),
            comment=data.get("comment"),
            created_at=parse_time(data.get("created_at")),
            expires_at=parse_time(data.get("expires_at")),
            decided_at=parse_time(data.get("decided_at")),
            grant=Grant.parse(data["grant"]) if data.get("grant") else None,
            display=data.get("display"),
            risk=data.get("risk"),
            requester=data.get("requester"),
            on_behalf_of=data.get("on_behalf_of"),
            policy=data.get("policy") or {},
            warnings=data.get("warnings") or (),
            levels=data.get("levels") or (),
            votes=data.get("votes") or (),
            deliveries=data.get("deliveries") or (),
            metadata=data.get("metadata") or {},
            version=data.get("version"),
            raw=data,
        )


@dataclass(frozen=True)
class Consumption:
    """An approval that was consumed. ``replayed``: an earlier call with this ``use_id`` consumed it, so do not act again."""

    approval_id: str
    use_id: str
    digest: str
    consumed_at: Optional[datetime]
    replayed: bool

    @classmethod
    def parse(cls, data: Mapping[str, Any], replayed: bool) -> Consumption:
        return cls(
            str(data["approval_id"]),
            str(data["use_id"]),
            str(data["digest"]),
            parse_time(data.get("consumed_at")),
            replayed,
        )


@dataclass(frozen=True)
class LogResult:
    """A recorded action."""

    id: str
    agent_id: str
    organization_id: str
    action: str
    status: str
    context: Optional[Mapping[str, Any]]
    created_at: Optional[datetime]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> LogResult:
        return cls(
            str(data["id"]),
            str(data["agent_id"]),
            str(data["organization_id"]),
            str(data["action"]),
            str(data["status"]),
            data.get("context"),
            parse_time(data.get("created_at")),
        )


@dataclass(frozen=True)
class WebhookEvent:
    """A verified webhook. ``decision`` is None for types other than ``approval.decided``."""

    id: str
    type: str
    event: str
    approval_id: Optional[str]
    decision: Optional[str]
    agent_id: Optional[str]
    action: Optional[str]
    context: Mapping[str, Any]
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class WebhookResult(Generic[T]):
    """The result of :meth:`AgentWarden.handle_webhook`: whether ``run`` was called, and the value that it returned."""

    event: WebhookEvent
    ran: bool
    value: Optional[T] = None
