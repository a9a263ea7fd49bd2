namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Documents that are written, with all attempts.</summary>
/// <param name="documents">Each with an <c>_id</c>.</param>
/// <param name="isOrdered">Whether none is tried after the first that cannot be written.</param>
/// <param name="areOurs">Whether all of their ids were made here, so that nobody else can have written them.</param>
internal sealed class MongoDbInsert(IReadOnlyList<MongoDbDocument> documents, bool isOrdered, bool areOurs)
{
    private bool _wasTried;

    public IReadOnlyList<MongoDbDocument> Documents => documents;

    /// <summary>Writes them.</summary>
    public bool Run(MongoDbCall call)
    {
        var wasTried = Interlocked.Exchange(ref _wasTried, true);
        MongoError error = default;
        nint[] passed = [.. documents.Select(document => call.Pass(document).DangerousGetHandle())];
        var options = call.Pass(new BsonBuilder().Add("ordered", isOrdered));
        try
        {
            call.Answer(MongoC.Insert(call.Collection, passed, (nuint)passed.Length, options, call.Reply, ref error), error);
        }
        catch (MongoDbException e) when (wasTried && areOurs && e.Failures.Count > 0)
        {
            // What an attempt before has written, and nobody was told.
            MongoDbWriteFailure[] failures = [.. e.Failures.Where(failure => !failure.IsOfId)];
            if (failures.Length > 0) throw new MongoDbException(MongoDbErrors.KindOf(failures[0].Code), failures[0].Code, failures[0].Message, failures);
            if (MongoDbErrors.ReadWriteConcern(call.Reply) is { } notEnough) throw notEnough;
        }

        return true;
    }
}
