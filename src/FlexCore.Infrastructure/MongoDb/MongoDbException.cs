using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>What MongoDB or its driver says of a failure, without values of documents. It is within the <see cref="Domain.Errors.FlexCoreException"/> that an operation fails with.</summary>
public sealed class MongoDbException : Exception
{
    internal MongoDbException(FailureKind kind, int code, string message, IReadOnlyList<MongoDbWriteFailure>? failures = null)
        : base(message) => (Kind, Code, Failures) = (kind, code, failures ?? []);

    /// <summary>MongoDB's number of it (https://www.mongodb.com/docs/manual/reference/error-codes/); 0 where it comes from the driver.</summary>
    public int Code { get; }

    /// <summary>Which of several documents were not written; those that are not named were, except that of ordered ones none after the first that failed was tried.</summary>
    public IReadOnlyList<MongoDbWriteFailure> Failures { get; }

    internal FailureKind Kind { get; }
}

/// <summary>A document that was not written.</summary>
/// <param name="Place">Its place in what was to be written, from 0.</param>
/// <param name="Code">MongoDB's number: 11000 where one with the same key is there.</param>
/// <param name="Message">What MongoDB says, without values.</param>
public sealed record MongoDbWriteFailure(int Place, int Code, string Message)
{
    /// <summary>Whether it is the <c>_id</c> that is there already.</summary>
    internal bool IsOfId { get; init; }
}
