using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>What a failure of PostgreSQL means for the user of the store.</summary>
internal static class PostgresFailure
{
    internal static EventStoreUnavailableException Describe(string name, Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new(
            EventStoreUnavailableException.DiskFull, $"The disk of the event store {name} is full. Nothing was appended; free some space and try again.", failure),
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable } => Busy(name, failure),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } => CannotOpen(
            name, "the server does not let this user in", "Correct the user or the password.", failure),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => CannotOpen(name, "there is no such database", "Create it, or name another one.", failure),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } server => CannotOpen(name, server.MessageText, "Give this user the right to it.", failure),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => CannotOpen(name, "it can only be read", "Name the primary server, not a replica.", failure),
        PostgresException server => new(EventStoreUnavailableException.NotUsable, $"The event store {name} failed: {server.MessageText} ({server.SqlState}).", failure),
        { InnerException: TimeoutException } or TimeoutException => Busy(name, failure),
        _ => CannotOpen(name, "the server cannot be reached", "Look whether it runs; what was appended is there, and an append without an answer can be repeated with the same ids.", failure),
    };

    internal static EventStoreUnavailableException NewerSchema(string name, int found, int known) => new(
        EventStoreUnavailableException.NotUsable,
        $"The event store {name} has schema version {found}, and this program knows versions up to {known}. Use the newer FlexCore that wrote it.");

    internal static EventStoreUnavailableException NotAStore(string name, string schema) => new(
        EventStoreUnavailableException.NotUsable,
        $"The schema '{schema}' of the database {name} has tables of another application. Name another schema.");

    private static EventStoreUnavailableException CannotOpen(string name, string reason, string remedy, Exception failure) => new(
        EventStoreUnavailableException.CannotOpen, $"The event store {name} cannot be used: {reason}. {remedy}", failure);

    private static EventStoreUnavailableException Busy(string name, Exception failure) => new(
        EventStoreUnavailableException.Busy, $"The event store {name} did not answer in time. Try again: an append can be repeated with the same ids.", failure);
}
