namespace FlexCore.EndToEnd.Console;

/// <summary>Tests that share one server and one browser, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleCollection : ICollectionFixture<ConsoleProject>
{
    public const string Name = "console";
}
