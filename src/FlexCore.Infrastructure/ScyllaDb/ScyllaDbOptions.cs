using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.DynamoDb;

namespace FlexCore.Infrastructure.ScyllaDb;

/// <summary>How ScyllaDB is reached, by Alternator, its API that is DynamoDB's. The section <c>FlexCore:ScyllaDb</c>.</summary>
public sealed class ScyllaDbOptions : ClientOptions
{
    /// <summary>Nodes of the data centre that is near: <c>http://10.0.0.1:8000</c>. The next one for each attempt, so that one that is away holds nobody up.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>The role, where Alternator asks who one is.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The salted hash of its password, as <c>system.roles</c> has it.</summary>
    public string SecretKey { get; set; } = "";

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Addresses.Count == 0) yield return (nameof(Addresses), "is missing; it lists nodes, as http://10.0.0.1:8000");
        foreach (var (place, address) in Addresses.Index().Where(entry => !DynamoService.IsAddress(entry.Item))) yield return ($"{nameof(Addresses)}:{place}", "must be an address that begins with https:// or http://");
        if ((AccessKey.Length == 0) != (SecretKey.Length == 0)) yield return (nameof(SecretKey), "must be set where AccessKey is, and only there");
    }
}
