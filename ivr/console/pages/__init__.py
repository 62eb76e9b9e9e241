"""The pages, one file for each subject. `ivr.console.routes` says where they are and who may see them."""
