/**
 * The order of the sections, on every page and in every message: what will run, its exact context, who asked, the status, the agent's
 * own words, the decision. Each renderer fills in the sections and `inOrder` sorts them, so none can put the buttons before the facts.
 */
export const SECTIONS = ['run', 'context', 'who', 'status', 'agent_says', 'decision'] as const;
export type Section = (typeof SECTIONS)[number];

export const inOrder = <T>(sections: Record<Section, T>): T[] => SECTIONS.map((section) => sections[section]);
