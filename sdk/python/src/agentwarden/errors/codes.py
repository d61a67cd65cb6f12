"""Generated from domain/errors.ts and api/problems.ts by `npm run generate`; do not edit."""

from collections.abc import Mapping

from agentwarden.errors.base import AgentNotFoundError, APIError, AuthenticationError

__all__ = [
    "BY_CODE",
    "InvalidRequest",
    "AuthenticationError",
    "Forbidden",
    "NotEligible",
    "AssuranceRequired",
    "NotFound",
    "AgentNotFoundError",
    "MethodNotAllowed",
    "AlreadyDecided",
    "LevelClosed",
    "LevelNotOpen",
    "LevelRequired",
    "NeededElsewhere",
    "DigestMismatch",
    "NotApproved",
    "AlreadyConsumed",
    "GrantExpired",
    "GrantRevoked",
    "AgentSuspended",
    "PolicyChanged",
    "IdentityTaken",
    "InProgress",
    "PolicyConflict",
    "PayloadTooLarge",
    "UnsupportedMediaType",
    "IdempotencyMismatch",
    "CommentRequired",
    "PolicyInvalid",
    "IfMatchRequired",
    "RateLimited",
    "TooManyVotes",
    "Unavailable",
    "OutcomeUnknown",
]


class InvalidRequest(APIError):
    """400: The request is not valid."""

    code = "invalid_request"


class Forbidden(APIError):
    """403: Not allowed."""

    code = "forbidden"


class NotEligible(APIError):
    """403: Not an approver here."""

    code = "not_eligible"


class AssuranceRequired(APIError):
    """403: A surer way to sign in is needed."""

    code = "assurance_required"


class NotFound(APIError):
    """404: Not found."""

    code = "not_found"


class MethodNotAllowed(APIError):
    """405: Method not allowed."""

    code = "method_not_allowed"


class AlreadyDecided(APIError):
    """409: Already decided."""

    code = "already_decided"


class LevelClosed(APIError):
    """409: The level is closed."""

    code = "level_closed"


class LevelNotOpen(APIError):
    """409: The level is not open."""

    code = "level_not_open"


class LevelRequired(APIError):
    """409: A level must be named."""

    code = "level_required"


class NeededElsewhere(APIError):
    """409: Needed at another level."""

    code = "needed_elsewhere"


class DigestMismatch(APIError):
    """409: Not what was asked."""

    code = "digest_mismatch"


class NotApproved(APIError):
    """409: Not approved."""

    code = "not_approved"


class AlreadyConsumed(APIError):
    """409: Already consumed."""

    code = "already_consumed"


class GrantExpired(APIError):
    """409: The grant has expired."""

    code = "grant_expired"


class GrantRevoked(APIError):
    """409: The grant was revoked."""

    code = "grant_revoked"


class AgentSuspended(APIError):
    """409: The agent is suspended."""

    code = "agent_suspended"


class PolicyChanged(APIError):
    """409: The policy forbids this now."""

    code = "policy_changed"


class IdentityTaken(APIError):
    """409: Already taken."""

    code = "identity_taken"


class InProgress(APIError):
    """409: Still in progress."""

    code = "in_progress"


class PolicyConflict(APIError):
    """412: Somebody else published first. Read the policy again, apply your change to it, and send its version in If-Match."""

    code = "policy_conflict"


class PayloadTooLarge(APIError):
    """413: Too large."""

    code = "payload_too_large"


class UnsupportedMediaType(APIError):
    """415: Wrong content type."""

    code = "unsupported_media_type"


class IdempotencyMismatch(APIError):
    """422: The key was used for another request. Use a new Idempotency-Key for a new request."""

    code = "idempotency_mismatch"


class CommentRequired(APIError):
    """422: A comment is required."""

    code = "comment_required"


class PolicyInvalid(APIError):
    """422: The policy has mistakes."""

    code = "policy_invalid"


class IfMatchRequired(APIError):
    """428: If-Match is required. Send the version that you edited as If-Match: "3"."""

    code = "if_match_required"


class RateLimited(APIError):
    """429: Too many requests."""

    code = "rate_limited"


class TooManyVotes(APIError):
    """429: Too many votes."""

    code = "too_many_votes"


class Unavailable(APIError):
    """503: Unavailable for the moment. Send the same request again, with the same Idempotency-Key."""

    code = "unavailable"


class OutcomeUnknown(APIError):
    """503: The outcome is not known yet. Send the same request again; nothing is counted twice."""

    code = "outcome_unknown"


#: Every code of the server → the class that is raised for it.
BY_CODE: Mapping[str, type[APIError]] = {
    "invalid_request": InvalidRequest,
    "unauthenticated": AuthenticationError,
    "forbidden": Forbidden,
    "not_eligible": NotEligible,
    "assurance_required": AssuranceRequired,
    "not_found": NotFound,
    "agent_not_found": AgentNotFoundError,
    "method_not_allowed": MethodNotAllowed,
    "already_decided": AlreadyDecided,
    "level_closed": LevelClosed,
    "level_not_open": LevelNotOpen,
    "level_required": LevelRequired,
    "needed_elsewhere": NeededElsewhere,
    "digest_mismatch": DigestMismatch,
    "not_approved": NotApproved,
    "already_consumed": AlreadyConsumed,
    "grant_expired": GrantExpired,
    "grant_revoked": GrantRevoked,
    "agent_suspended": AgentSuspended,
    "policy_changed": PolicyChanged,
    "identity_taken": IdentityTaken,
    "in_progress": InProgress,
    "policy_conflict": PolicyConflict,
    "payload_too_large": PayloadTooLarge,
    "unsupported_media_type": UnsupportedMediaType,
    "idempotency_mismatch": IdempotencyMismatch,
    "comment_required": CommentRequired,
    "policy_invalid": PolicyInvalid,
    "if_match_required": IfMatchRequired,
    "rate_limited": RateLimited,
    "too_many_votes": TooManyVotes,
    "unavailable": Unavailable,
    "outcome_unknown": OutcomeUnknown,
}
