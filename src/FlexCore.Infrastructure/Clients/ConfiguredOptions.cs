namespace FlexCore.Infrastructure.Clients;

/// <summary>Options that lie in a section of a configuration, and say all that is wrong with them at once.</summary>
public abstract class ConfiguredOptions
{
    /// <summary>What could not be read where the options lie.</summary>
    internal List<string> Unread { get; } = [];

    /// <summary>What is wrong with the options: keys below their section, and what they must be.</summary>
    internal abstract IEnumerable<(string Key, string Problem)> Problems();
}
