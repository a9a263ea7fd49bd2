using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Vault;

/// <summary>How HashiCorp Vault, or OpenBao, is reached, and where in it the secrets are: an engine of the kind KV, version 2.</summary>
public sealed class VaultOptions : ClientOptions
{
    /// <summary>The server: <c>https://vault.example.com:8200</c>.</summary>
    public string Address { get; set; } = "";

    /// <summary>Where the engine is mounted.</summary>
    public string Mount { get; set; } = "secret";

    /// <summary>The folder in it, with slashes between its parts.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The field that is a secret's value.</summary>
    public string Field { get; set; } = "value";

    /// <summary>The namespace, of Vault Enterprise and OpenBao.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>The token of this program. Instead of it there can be a <see cref="TokenFile"/>, or a <see cref="RoleId"/> with its <see cref="SecretId"/>.</summary>
    public string Token { get; set; } = "";

    /// <summary>A file with the token, which an agent keeps fresh: it is read again when the token is not taken any more.</summary>
    public string TokenFile { get; set; } = "";

    /// <summary>The role of this program (AppRole), with which a token is asked for.</summary>
    public string RoleId { get; set; } = "";

    /// <summary>The secret of that role.</summary>
    public string SecretId { get; set; } = "";

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (!Uri.TryCreate(Address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0) yield return (nameof(Address), "must be an address as https://vault.example.com:8200");
        if (!IsPath(Mount) || Mount.Length == 0) yield return (nameof(Mount), "must be a path as secret or teams/kv");
        if (!IsPath(Folder)) yield return (nameof(Folder), "must be a path as apps/flexcore");
        if (Field.Length == 0) yield return (nameof(Field), "must not be empty");
        if (new[] { Token, TokenFile, RoleId }.Count(way => way.Length > 0) != 1) yield return (nameof(Token), "or TokenFile or RoleId is missing, or there is more than one of them");
        if (RoleId.Length > 0 != SecretId.Length > 0) yield return (nameof(SecretId), "belongs to RoleId: there must be both or none");
        if (TokenFile.Length > 0 && !Path.IsPathFullyQualified(TokenFile)) yield return (nameof(TokenFile), "must be an absolute path");
    }

    private static bool IsPath(string path) => path.Length == 0 || path.Split('/').All(part => part.Length > 0 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
}
