"""Generated from domain/errors.ts and api/http/problems.ts by `npm run generate`; do not edit."""

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
    """400: Invalid request.

    Nothing was done. Correct the fields in `errors` and send the request again.
    """

    code = "invalid_request"


class Forbidden(APIError):
    """403: Not allowed.

    Ask somebody with the role in `detail` to do it, or ask an admin for that role.
    """

    code = "forbidden"


class NotEligible(APIError):
    """403: Not an approver here.

    Leave the decision to the approvers. Their votes count only while their level is open.
    """

    code = "not_eligible"


class AssuranceRequired(APIError):
    """403: Stronger sign-in required.

    Sign in with the assurance in `need` or a stronger one, and vote again.
    """

    code = "assurance_required"


class NotFound(APIError):
    """404: Not found.

    Check the id. An object that you may not see counts as not found.
    """

    code = "not_found"


class MethodNotAllowed(APIError):
    """405: Method not allowed.

    Use a method from the Allow header.
    """

    code = "method_not_allowed"


class AlreadyDecided(APIError):
    """409: Already decided.

    Do nothing. `outcome` says how it ended.
    """

    code = "already_decided"


class LevelClosed(APIError):
    """409: The level is closed.

    Do nothing. The level was decided without this vote.
    """

    code = "level_closed"


class LevelNotOpen(APIError):
    """409: The level is not open.

    Vote again when the previous levels are approved.
    """

    code = "level_not_open"


class LevelRequired(APIError):
    """409: Level required.

    Send one of `levels` as `level`.
    """

    code = "level_required"


class NeededElsewhere(APIError):
    """409: Needed at another level.

    Wait until you are asked at the other level, or send `level`.
    """

    code = "needed_elsewhere"


class DigestMismatch(APIError):
    """409: The content does not match.

    Do not run it. Send exactly the content that was approved, or ask for a new approval.
    """

    code = "digest_mismatch"


class NotApproved(APIError):
    """409: Not approved.

    Do not run it. Wait if `outcome.status` is pending, otherwise ask again.
    """

    code = "not_approved"


class AlreadyConsumed(APIError):
    """409: Already consumed.

    Do not run it again. Ask for another approval.
    """

    code = "already_consumed"


class GrantExpired(APIError):
    """409: The grant has expired.

    Do not run it. Ask again.
    """

    code = "grant_expired"


class GrantRevoked(APIError):
    """409: The grant was revoked.

    Do not run it. Ask again.
    """

    code = "grant_revoked"


class AgentSuspended(APIError):
    """409: The agent is suspended.

    Run nothing until an admin sets the agent’s status to active.
    """

    code = "agent_suspended"


class PolicyChanged(APIError):
    """409: The policy forbids this now.

    Do not run it. Ask again under the current policy.
    """

    code = "policy_changed"


class IdentityTaken(APIError):
    """409: Already taken.

    Choose another one, or first remove it from the person or agent that has it.
    """

    code = "identity_taken"


class InProgress(APIError):
    """409: Still in progress.

    Send the same request again shortly.
    """

    code = "in_progress"


class PolicyConflict(APIError):
    """412: Somebody else published first.

    Read the policy again, apply your change to it, and send its version in If-Match.
    """

    code = "policy_conflict"


class PayloadTooLarge(APIError):
    """413: Too large.

    Send only what a reviewer needs, and a link to the rest.
    """

    code = "payload_too_large"


class UnsupportedMediaType(APIError):
    """415: Wrong content type.

    Send the Content-Type from `detail`.
    """

    code = "unsupported_media_type"


class IdempotencyMismatch(APIError):
    """422: The key was used for another request.

    Use a new Idempotency-Key for a new request.
    """

    code = "idempotency_mismatch"


class CommentRequired(APIError):
    """422: A comment is required.

    Write a comment and vote again.
    """

    code = "comment_required"


class PolicyInvalid(APIError):
    """422: The policy has mistakes.

    The previous version stays in force. Correct the mistakes in `errors`, each with its line.
    """

    code = "policy_invalid"


class IfMatchRequired(APIError):
    """428: If-Match is required.

    Send the version that you edited as If-Match: "3".
    """

    code = "if_match_required"


class RateLimited(APIError):
    """429: Too many requests.

    Wait for the time in Retry-After, then send it again.
    """

    code = "rate_limited"


class TooManyVotes(APIError):
    """429: Too many votes.

    Do nothing. Your last vote counts.
    """

    code = "too_many_votes"


class Unavailable(APIError):
    """503: Temporarily unavailable.

    Send the same request again, with the same Idempotency-Key.
    """

    code = "unavailable"


class OutcomeUnknown(APIError):
    """503: The outcome is not known yet.

    Send the same request again. Nothing is counted twice.
    """

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
