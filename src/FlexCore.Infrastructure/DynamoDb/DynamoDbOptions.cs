using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.DynamoDb;

/// <summary>How DynamoDB is reached. The section <c>FlexCore:DynamoDb</c>.</summary>
public sealed class DynamoDbOptions : ClientOptions
{
    /// <summary>The region, as <c>eu-central-1</c>.</summary>
    public string Region { get; set; } = "";

    /// <summary>Where the service is, where that is not the region's own address: <c>https://vpce-….dynamodb.eu-central-1.vpce.amazonaws.com</c>.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>The id of the access key. Empty for what the machine gives: the environment, a profile, a role of the container or the instance (https://docs.aws.amazon.com/sdk-for-net/v4/developer-guide/creds-assign.html).</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The secret of the access key.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>The token of a key that is given for a while.</summary>
    public string SessionToken { get; set; } = "";

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Region.Length == 0 && Endpoint.Length == 0) yield return (nameof(Region), "is missing; it is of the form eu-central-1, and may be left out only where Endpoint is set");
        if (Endpoint.Length > 0 && !DynamoService.IsAddress(Endpoint)) yield return (nameof(Endpoint), "must be an address that begins with https:// or http://");
        if ((AccessKey.Length == 0) != (SecretKey.Length == 0)) yield return (nameof(SecretKey), "must be set where AccessKey is, and only there");
    }
}
