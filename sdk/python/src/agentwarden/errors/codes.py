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
    """400: The request is not valid.

    Correct what `errors` names, each with its path, and send it again; nothing was done.
    """

    code = "invalid_request"


class Forbidden(APIError):
    """403: Not allowed.

    Have somebody with the role that `detail` names do it, or have an admin give it.
    """

    code = "forbidden"


class NotEligible(APIError):
    """403: Not an approver here.

    Leave it to its approvers: only they are counted, and only while their level is open.
    """

    code = "not_eligible"


class AssuranceRequired(APIError):
    """403: A surer way to sign in is needed.

    Sign in as surely as `need` says, and vote again.
    """

    code = "assurance_required"


class NotFound(APIError):
    """404: Not found.

    Look the id up in the list that it is from; what you may not see is not found either.
    """

    code = "not_found"


class MethodNotAllowed(APIError):
    """405: Method not allowed.

    Use a method that the Allow header names.
    """

    code = "method_not_allowed"


class AlreadyDecided(APIError):
    """409: Already decided.

    Nothing; `outcome` says how it ended.
    """

    code = "already_decided"


class LevelClosed(APIError):
    """409: The level is closed.

    Nothing; the level was decided without this vote.
    """

    code = "level_closed"


class LevelNotOpen(APIError):
    """409: The level is not open.

    Vote again when the levels before it are approved.
    """

    code = "level_not_open"


class LevelRequired(APIError):
    """409: A level must be named.

    Name one of `levels` as `level`.
    """

    code = "level_required"


class NeededElsewhere(APIError):
    """409: Needed at another level.

    Wait until you are asked at the other level, or name the level that you mean.
    """

    code = "needed_elsewhere"


class DigestMismatch(APIError):
    """409: Not what was asked.

    Do not run it. Send the bytes that were approved, or ask for a new approval.
    """

    code = "digest_mismatch"


class NotApproved(APIError):
    """409: Not approved.

    Do not run it. Wait while `outcome.status` is pending; else ask again.
    """

    code = "not_approved"


class AlreadyConsumed(APIError):
    """409: Already consumed.

    Do not run it again; ask for another approval.
    """

    code = "already_consumed"


class GrantExpired(APIError):
    """409: The grant has expired.

    Do not run it; ask again.
    """

    code = "grant_expired"


class GrantRevoked(APIError):
    """409: The grant was revoked.

    Do not run it; ask again.
    """

    code = "grant_revoked"


class AgentSuspended(APIError):
    """409: The agent is suspended.

    Run nothing until an admin sets the agent’s status to active.
    """

    code = "agent_suspended"


class PolicyChanged(APIError):
    """409: The policy forbids this now.

    Do not run it; ask again under the policy that holds now.
    """

    code = "policy_changed"


class IdentityTaken(APIError):
    """409: Already taken.

    Choose another, or take it from whoever has it first.
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

    Send what a reviewer needs, and a link to the rest.
    """

    code = "payload_too_large"


class UnsupportedMediaType(APIError):
    """415: Wrong content type.

    Set the Content-Type that `detail` names.
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

    Correct what `errors` names, each with its line; the version before stays in force.
    """

    code = "policy_invalid"


class IfMatchRequired(APIError):
    """428: If-Match is required.

    Send the version that you edited as If-Match: "3".
    """

    code = "if_match_required"


class RateLimited(APIError):
    """429: Too many requests.

    Wait as long as Retry-After says, and send it again.
    """

    code = "rate_limited"


class TooManyVotes(APIError):
    """429: Too many votes.

    Nothing; your last vote stands.
    """

    code = "too_many_votes"


class Unavailable(APIError):
    """503: Unavailable for the moment.

    Send the same request again, with the same Idempotency-Key.
    """

    code = "unavailable"


class OutcomeUnknown(APIError):
    """503: The outcome is not known yet.

    Send the same request again; nothing is counted twice.
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
