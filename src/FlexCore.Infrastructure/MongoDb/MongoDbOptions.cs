using System.Buffers;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Which servers of a replica set are asked.</summary>
public enum MongoDbReadPreference
{
    /// <summary>The one that is written to.</summary>
    Primary,

    /// <summary>That one, or another while there is none.</summary>
    PrimaryPreferred,

    /// <summary>Another one, which may be behind.</summary>
    Secondary,

    /// <summary>Another one, or the primary where there is no other.</summary>
    SecondaryPreferred,

    /// <summary>The one that answers soonest.</summary>
    Nearest,
}

/// <summary>What is read.</summary>
public enum MongoDbReadConcern
{
    /// <summary>What the server that is asked has.</summary>
    Local,

    /// <summary>What most servers have, which is never taken back.</summary>
    Majority,

    /// <summary>All that was written before the question; of the primary only.</summary>
    Linearizable,
}

/// <summary>When a document counts as written.</summary>
public enum MongoDbWriteConcern
{
    /// <summary>Most servers have it: it is never lost.</summary>
    Majority,

    /// <summary>The primary has it, and may lose it when it dies before others have it.</summary>
    Primary,
}

/// <summary>How MongoDB is reached. The section <c>FlexCore:MongoDb</c>.</summary>
public sealed class MongoDbOptions : ClientOptions
{
    private static readonly SearchValues<char> NotInDatabases = SearchValues.Create("/\\. \"$\0");

    /// <summary>Where the servers are: <c>mongodb://mongo-1:27017,mongo-2:27017/?replicaSet=rs0</c>, or <c>mongodb+srv://cluster.example.com</c> (https://www.mongodb.com/docs/manual/reference/connection-string/). Without user and password, and without what has a key of its own here.</summary>
    public string Connection { get; set; } = "";

    /// <summary>The database.</summary>
    public string Database { get; set; } = "";

    /// <summary>What servers call this program in their logs.</summary>
    public string ApplicationName { get; set; } = "flexcore";

    /// <summary>How servers know who asks, and how connections are kept from others.</summary>
    public MongoDbSecurityOptions Security { get; set; } = new();

    /// <summary>How many operations and answers that still come there are at once, each with a connection and, while it waits for the server, a thread. Others wait.</summary>
    public int PoolSize { get; set; } = 50;

    /// <summary>How long an attempt waits for a server that can be asked, as while a replica set chooses another primary.</summary>
    public TimeSpan SelectionTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Which servers are asked.</summary>
    public MongoDbReadPreference ReadPreference { get; set; }

    /// <summary>What is read.</summary>
    public MongoDbReadConcern ReadConcern { get; set; }

    /// <summary>When a document counts as written.</summary>
    public MongoDbWriteConcern WriteConcern { get; set; }

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (MongoDbUri.ProblemOf(Connection) is { } problem) yield return (nameof(Connection), problem);
        if (Database.Length == 0) yield return (nameof(Database), "is missing");
        else if (Database.AsSpan().IndexOfAny(NotInDatabases) >= 0) yield return (nameof(Database), "must have none of / \\ . \" $ and no space");
        if (ApplicationName.Length is 0 or > 128) yield return (nameof(ApplicationName), "must have 1 to 128 characters");
        if (PoolSize is < 1 or > 1000) yield return (nameof(PoolSize), "must be 1 to 1000");
        if (SelectionTimeout <= TimeSpan.Zero || SelectionTimeout > TimeSpan.FromHours(1)) yield return (nameof(SelectionTimeout), "must be above 0 and at most one hour");
        if (ReadConcern == MongoDbReadConcern.Linearizable && ReadPreference != MongoDbReadPreference.Primary) yield return (nameof(ReadPreference), "must be Primary, as ReadConcern is Linearizable");
        foreach (var (key, wrong) in Security.Problems()) yield return ($"{nameof(Security)}:{key}", wrong);
    }
}
