using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console;

/// <summary>What every page of the console has around it.</summary>
/// <param name="Path">The address of the page, with its query.</param>
/// <param name="AssetsVersion">The hash in the addresses of styles and scripts.</param>
/// <param name="Theme"><c>light</c> or <c>dark</c>, as the user has chosen; null for what their system says.</param>
/// <param name="Now">The time.</param>
/// <param name="Caller">Who looks; null where nobody has signed in.</param>
/// <param name="FormToken">What forms must carry.</param>
public sealed record Shell(string Path, string AssetsVersion, string? Theme, DateTimeOffset Now, Caller? Caller, string FormToken)
{
    /// <summary>What has been done just now, in words.</summary>
    public string? Notice { get; init; }

    /// <summary>Why a form of the page was not taken; none where none was sent.</summary>
    public IReadOnlyList<Error> Refusals { get; init; } = [];

    /// <summary>What stands in the form that was not taken.</summary>
    public IFormCollection Written { get; init; } = FormCollection.Empty;

    /// <summary>The node that has answered.</summary>
    public required string Node { get; init; }

    /// <summary>The version of FlexCore.</summary>
    public required string Version { get; init; }

    /// <summary>Whether a request that needs a permission would be done for whoever looks: what would be refused is not offered.</summary>
    public bool May(Permission permission) => Caller?.Role.Allows(permission) ?? false;

    /// <summary>What a field of a form begins with: what was written, where the form was not taken, and else the usual.</summary>
    public string? Field(string name, string? usual = null) => Refusals.Count > 0 ? Written[name] : usual;

    /// <summary>Where a style or script is.</summary>
    public string Asset(string name) => $"/assets/{AssetsVersion}/{name}";

    /// <summary>Whether the page is in a section.</summary>
    public bool IsIn(string section) => section == "/" ? Path == "/" || Path.StartsWith("/?", StringComparison.Ordinal) : Path.StartsWith(section, StringComparison.Ordinal);
}
