using System.Globalization;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>The options as the driver takes them (https://mongoc.org/libmongoc/1.23.1/mongoc_uri_t.html).</summary>
internal static class MongoDbUri
{
    private const string Form = "it is of the form mongodb://mongo-1:27017,mongo-2:27017/?replicaSet=rs0";

    // What options of ours say. All that begins with auth, tls or ssl is the user or the way there.
    private static readonly Dictionary<string, string> Ours = new(StringComparer.OrdinalIgnoreCase)
    {
        ["appname"] = nameof(MongoDbOptions.ApplicationName),
        ["maxPoolSize"] = nameof(MongoDbOptions.PoolSize),
        ["minPoolSize"] = nameof(MongoDbOptions.PoolSize),
        ["waitQueueTimeoutMS"] = nameof(MongoDbOptions.Timeout),
        ["socketTimeoutMS"] = nameof(MongoDbOptions.Timeout),
        ["connectTimeoutMS"] = nameof(MongoDbOptions.Timeout),
        ["wTimeoutMS"] = nameof(MongoDbOptions.Timeout),
        ["serverSelectionTimeoutMS"] = nameof(MongoDbOptions.SelectionTimeout),
        ["serverSelectionTryOnce"] = nameof(MongoDbOptions.SelectionTimeout),
        ["retryReads"] = nameof(MongoDbOptions.Retry),
        ["retryWrites"] = nameof(MongoDbOptions.Retry),
        ["readPreference"] = nameof(MongoDbOptions.ReadPreference),
        ["readConcernLevel"] = nameof(MongoDbOptions.ReadConcern),
        ["w"] = nameof(MongoDbOptions.WriteConcern),
        ["journal"] = nameof(MongoDbOptions.WriteConcern),
        ["safe"] = nameof(MongoDbOptions.WriteConcern),
    };

    /// <summary>What is wrong with a connection; null when nothing is that can be told without the driver. The text is not in it: it may have a password in the wrong place.</summary>
    public static string? ProblemOf(string connection)
    {
        if (connection.Length == 0) return $"is missing; {Form}";
        var scheme = connection.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || connection[..scheme] is not ("mongodb" or "mongodb+srv")) return $"must begin with mongodb:// or mongodb+srv://; {Form}";
        var rest = connection[(scheme + 3)..];
        if (rest.Contains('@', StringComparison.Ordinal)) return "must not have a user or a password; they are set by Security:User and Security:Password";
        var (place, options) = rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? (rest[..mark], rest[(mark + 1)..]) : (rest, "");
        var servers = place.TrimEnd('/');
        if (servers.Contains('/', StringComparison.Ordinal)) return "must not name a database; it is set by Database";
        if (servers.Split(',').Any(server => !IsServer(server))) return $"has something that is no server; {Form}";
        foreach (var option in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = option.Split('=')[0];
            if (name.StartsWith("auth", StringComparison.OrdinalIgnoreCase) || name.StartsWith("tls", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ssl", StringComparison.OrdinalIgnoreCase)) return $"must not have the option {name}; such things are set in Security";
            if (Ours.TryGetValue(name, out var key)) return $"must not have the option {name}; it is set by {key}";
        }

        return null;
    }

    /// <summary>The options for the driver.</summary>
    /// <exception cref="FlexCoreException">It does not take them.</exception>
    public static MongoUriHandle Create(MongoDbOptions options)
    {
        MongoError error = default;
        var uri = MongoC.NewUri(TextOf(options), ref error);
        var security = options.Security;
        var isTaken = !uri.IsInvalid
            && (security.User.Length == 0 || MongoC.SetUser(uri, security.User))
            && (security.Password.Length == 0 || MongoC.SetPassword(uri, security.Password))
            && (security.Mechanism != MongoDbMechanism.ScramSha256 || MongoC.SetMechanism(uri, "SCRAM-SHA-256"))
            && (security.CertificatePassword.Length == 0 || MongoC.SetOption(uri, "tlscertificatekeyfilepassword", security.CertificatePassword));
        if (isTaken) return uri;
        uri.Dispose();
        throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"MongoDB's driver does not take the Connection: {MongoDbErrors.Read(error, reply: null).Message}"));
    }

    // No secret is in it.
    private static string TextOf(MongoDbOptions options)
    {
        // The caller is gone when the driver gives up, so that it is the caller's limit that is told.
        var mostMs = Milliseconds(options.Timeout * 1.125);
        var security = options.Security;
        List<(string Name, string Value)> more =
        [
            ("appname", options.ApplicationName),
            ("maxPoolSize", Text(options.PoolSize)),
            ("socketTimeoutMS", mostMs),
            ("wTimeoutMS", mostMs),
            ("connectTimeoutMS", Milliseconds(TimeSpan.FromSeconds(Math.Min(10, options.Timeout.TotalSeconds)))),
            ("serverSelectionTimeoutMS", Milliseconds(TimeSpan.FromSeconds(Math.Min(options.SelectionTimeout.TotalSeconds, options.Timeout.TotalSeconds * 0.9)))),
            ("retryReads", "false"),
            ("retryWrites", "false"),
            ("readPreference", CamelCase(options.ReadPreference.ToString())),
            ("readConcernLevel", CamelCase(options.ReadConcern.ToString())),
            ("w", options.WriteConcern == MongoDbWriteConcern.Majority ? "majority" : "1"),
        ];
        if (security.Tls) more.Add(("tls", "true"));
        else if (options.Connection.StartsWith("mongodb+srv:", StringComparison.Ordinal)) more.Add(("tls", "false"));
        if (security.CaFile.Length > 0) more.Add(("tlsCAFile", security.CaFile));
        if (security.CertificateFile.Length > 0) more.Add(("tlsCertificateKeyFile", security.CertificateFile));
        if (security.Mechanism == MongoDbMechanism.X509) more.Add(("authMechanism", "MONGODB-X509"));
        else if (security.User.Length > 0) more.Add(("authSource", security.AuthenticationDatabase));
        var all = string.Join('&', more.Select(option => $"{option.Name}={Uri.EscapeDataString(option.Value)}"));
        var connection = options.Connection;
        var join = connection.Contains('?', StringComparison.Ordinal) ? "&" : connection.EndsWith('/') ? "?" : "/?";
        return connection + join + all;
    }

    private static bool IsServer(string server) => server.Length > 0 && !server.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static string Milliseconds(TimeSpan time) => Text((int)Math.Ceiling(Math.Max(1, time.TotalMilliseconds)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
