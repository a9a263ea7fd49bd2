namespace FlexCore.Sdk;

/// <summary>A plugin that a program is, or one of those that it can be.</summary>
public interface IPlugin
{
    /// <summary>What is said of it.</summary>
    PluginDeclaration Declaration { get; }

    /// <summary><c>tap</c> or <c>target</c>.</summary>
    string Kind { get; }

    /// <summary>Works by a command line of Singer's.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>The exit code: 0 done, 1 failed, 143 asked to end.</returns>
    Task<int> RunAsync(string[] args);
}
