using FlexCore.Infrastructure.Clients;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Redis;

/// <summary>How a Redis server is reached. The section <c>FlexCore:Redis</c>.</summary>
public sealed class RedisOptions : ClientOptions
{
    /// <summary>As StackExchange.Redis takes it: <c>redis:6379,password=…,ssl=true,sslHost=…</c> (https://stackexchange.github.io/StackExchange.Redis/Configuration).</summary>
    public string Connection { get; set; } = "";

    /// <summary>Stands before all keys and channels, so that several programs can share a server.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Which of the server's databases, 0 to 15 unless the server has more.</summary>
    public int Database { get; set; }

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Connection.Length == 0) yield return (nameof(Connection), "is missing; it is of the form redis:6379,password=…,ssl=true");
        else if (!IsReadable(Connection)) yield return (nameof(Connection), "cannot be read; it is of the form redis:6379,password=…,ssl=true");
        if (Database < 0) yield return (nameof(Database), "must be 0 or more");
    }

    // Without the library's words: they quote the text, and with it the password.
    private static bool IsReadable(string connection)
    {
        try
        {
            return ConfigurationOptions.Parse(connection).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
